"""What network consoles print, and how it is read: no module here but `dialogue` opens anything."""
