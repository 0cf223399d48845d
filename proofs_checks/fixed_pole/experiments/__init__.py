"""Online learning with fixed and with learned poles, observed over seeds."""
