# The words of pages, in English. A key is a room and a thing; `{$name}` is put in by the program,
# and `<b>`, `<code>` may stand where a page shows the key as HTML.

## What every page has

skip = Skip to content
