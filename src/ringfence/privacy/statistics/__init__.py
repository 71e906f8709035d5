"""Anonymous statistics: counted, made noisy, thresholded and released once, by itself (clause 3.1, privacy-core 9)."""
