"""One network, one page: what the library has to say about somebody's own model, and how to make each number again."""
