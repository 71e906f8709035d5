"""The general shop that ours is measured against."""
