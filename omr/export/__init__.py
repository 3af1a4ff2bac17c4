"""A score becomes MusicXML or MIDI."""
