//! Every net is what the exact amounts beside it are rounded to.

use serde_json::Value;

use crate::oracle::exact::{Exact, amount, rounded};

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("none")
}

/// Is the net what the exact amounts beside it round to?
pub(crate) fn is_rounded(line: &Value) -> bool {
    let exact = |value: &Value| text(value).parse::<Exact>().expect("a fraction");
    let half_even = text(&line["rounding"]) == "half-even";
    let is_of = |money: &Value, exact: &Exact| {
        let net = text(&money["amount"]);
        let exponent = net.split_once('.').map_or(0, |(_, behind)| behind.len());
        let exponent = u32::try_from(exponent).expect("a few decimals");
        net == amount(&rounded(exact, exponent, half_even), exponent)
    };
    let whole = |money: &Value| -> i64 {
        let digits = text(&money["amount"]).replace('.', "");
        digits.parse().expect("whole minor units")
    };
    let (change, net) = (&line["change"], &line["net"]);
    let is_together = line["rounded_together"] == true;
    if change.is_null() {
        return is_of(net, &exact(&line["net_exact"])) != is_together;
    }
    let (now, before) = (exact(&change["now_exact"]), exact(&change["before_exact"]));
    let are_of = is_of(&change["now"], &now) && is_of(&change["before"], &before);
    are_of != is_together
        && whole(&change["now"]) - whole(&change["before"]) == whole(net)
        && now - before == exact(&line["net_exact"])
}
