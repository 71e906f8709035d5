"""Payment providers: each adapter speaks to one of them and implements ``ringfence.shop.ports.Payments``."""
