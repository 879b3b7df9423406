"""What the verbs take. A verb is imported when it runs, so that ``--help`` costs nothing."""
