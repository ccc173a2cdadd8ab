"""Speech, text messages and the CTI, over real HTTP."""
