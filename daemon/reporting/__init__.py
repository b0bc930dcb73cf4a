"""What the processes of edmd report to the people who run them."""
