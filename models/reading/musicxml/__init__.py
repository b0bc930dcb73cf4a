"""Read MusicXML, compressed or not."""
