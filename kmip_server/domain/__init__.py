"""What a managed object is and what may become of it: pure rules, no clock, no SQL, no bytes on a wire."""
