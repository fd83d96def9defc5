"""What is known of the packages that the tests run with."""
