//! Token types: where they come from, how they change, and how they are shown.

mod rows;
