//! What the systems promise whose ways Tessera takes up, line by line: one module for each.

mod prius;
