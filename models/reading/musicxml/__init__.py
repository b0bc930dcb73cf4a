"""MusicXML, packed or not."""
