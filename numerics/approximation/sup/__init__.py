"""Best exponential sums in the maximum norm on an interval, with enclosures of the best error."""
