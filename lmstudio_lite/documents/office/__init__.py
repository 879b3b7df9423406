"""Word, Excel, PowerPoint, OpenDocument and Rich Text, new and old, by their own parts."""
