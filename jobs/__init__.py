"""Launch, watch and repair runs from a login node. Light imports only: no torch, no pandas."""
