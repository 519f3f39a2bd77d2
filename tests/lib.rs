//! Whole stories, sweeps and outside judges: see `it/`.
