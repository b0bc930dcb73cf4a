"""The logs of all processes of edmd."""
