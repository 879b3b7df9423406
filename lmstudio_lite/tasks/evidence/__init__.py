"""What in a source stands behind a sentence, and which claims have nothing behind them."""
