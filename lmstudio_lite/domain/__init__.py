"""Values that cross a seam: pure, frozen, slotted. No row ids, no Qt, no llama.cpp handles."""
