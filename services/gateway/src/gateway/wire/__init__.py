"""What owners answer over HTTP, read tolerantly: fields a page does not know are ignored."""
