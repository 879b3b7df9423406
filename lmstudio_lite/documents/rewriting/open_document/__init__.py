"""OpenDocument files (ISO/IEC 26300) whose texts are replaced where they stand."""
