"""Quality on labelled sets, held against floors."""
