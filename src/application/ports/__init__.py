"""What the verbs need of the outside, in the verbs' own words."""
