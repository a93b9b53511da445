"""What is: frozen values. Touches nothing."""
