"""`tensorlint server`: the findings of open files, over the Language Server Protocol (extra `lsp`)."""
