"""The benchmark against PyKMIP's server: requests, load, servers, figures. See ``tools/bench --help``."""
