"""The training runs behind the chapters on neurons: what is trained, what is measured, what is kept."""
