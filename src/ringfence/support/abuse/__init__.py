"""Reports of abuse: a report becomes a case, a case gets a decision with a reason, and a decision can be appealed."""
