"""From found files to entries: headers described, remembered, put together, listed as they come."""
