//! The odoo sink connector.
