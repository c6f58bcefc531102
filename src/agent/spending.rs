//! spending.
