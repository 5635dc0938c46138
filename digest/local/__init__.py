"""Everything on one machine: the embedded broker and the development supervisor."""
