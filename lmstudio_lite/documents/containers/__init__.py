"""Packages of parts: the relations and XML of Office files, objects that others hold."""
