//! Nautobot: a few hundred tenants, machines and disks, changed between two months.
