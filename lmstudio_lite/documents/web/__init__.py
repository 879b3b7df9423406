"""Web pages, mails, books and notebooks: markup and the containers that it comes in."""
