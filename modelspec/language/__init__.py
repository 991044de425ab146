"""What an editor asks of a document while it is being written: completions, hovers, definitions. ``server`` speaks LSP.

Only ``server`` needs the extra ``lsp``. The rest reads text that may be broken anywhere, and answers as far as it can.
"""
