"""How much a file, a message or a number may be: every limit of what comes from outside, in one place."""

from __future__ import annotations

#: Characters of what was given that an error quotes.
QUOTED = 200
#: Characters of a sentence beyond which it quotes half as much.
SENTENCE = 300

#: Numbers from here on stand for missing in many files (netCDF fills with 9.97e36); no quantity comes near.
ABSURD = 1e30

#: Bytes of a configuration, which a person writes.
CONFIGURATION_BYTES = 2**18
#: Entries of a configuration once every alias stands for what it names, and how deep they may be nested.
CONFIGURATION_ENTRIES = 100_000
NESTING = 64

#: Bytes of a JSON document, and of any other text, that is read as a whole.
DOCUMENT_BYTES = 2**28
TEXT_BYTES = 2**31

#: Numbers of a grid that is read as a whole: one minute of arc over the globe has 2.3e8.
GRID_NODES = 2**28
#: Numbers of a table that is read as a whole, its rows and its columns; what has more is read in blocks.
TABLE_CELLS = 2**27
TABLE_ROWS = 10_000_000
TABLE_COLUMNS = 5_000

#: How much smaller than its content a compressed file can be: deflate reaches 1032.
COMPRESSION = 1_100

#: Numbers of all networks of a saved model.
MODEL_PARAMETERS = 2**28

#: Seconds and bytes of memory for a look at a stranger's file, and what each megabyte of it adds in seconds.
LOOK_SECONDS = 20.0
LOOK_SECONDS_PER_MEGABYTE = 0.1
LOOK_BYTES = 2**31

#: Rows of a table that are held in memory at a time where a command works in blocks.
BLOCK_ROWS = 1024
