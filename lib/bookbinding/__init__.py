"""What turns the chapters into a book: Sphinx extensions of this book alone.

``offline`` keeps every page free of addresses outside the book, formulas included. ``markup`` repairs what the
extensions for theorems and exercises leave behind, and gives wide things a box of their own to scroll in.
``reruns`` puts "Run it here" below statements, with the Python that ``runtime`` fetches and the scripts in ``rerun/``.
``figures`` gives every figure the words computed with it, and the command that draws it again. ``paper`` says what the
LaTeX builder gets where a page shows HTML, which ``from_html`` reads, and ``typeset`` runs TeX on it. ``launch`` puts
buttons for Binder and Colab on the pages, where the address of the repository is known.

Nothing here knows any mathematics: ``reruns`` asks the package ``blockshift`` which claims can be derived again, and
the package does not know that this one exists.
"""
