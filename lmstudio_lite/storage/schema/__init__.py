"""The statements of ``migrations`` by what they keep; a released one is never edited."""
