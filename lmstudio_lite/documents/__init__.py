"""Files to text and back: readers, segmentation, chunking, language detection."""
