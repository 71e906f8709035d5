"""Demands of authorities: judged by two, met within their scope and no further, and told of (clause 3.3)."""
