//! A world as the files that a person would write.

use std::fmt::Write;

use super::calendar::Month;
use super::exact::Dec;
use super::world::{
    AGREEMENTS, Aggregate, AllowancePer, COLOURS, Case, GAUGES, Item, Level, Meter, PLANS, Price,
    SERVICES, SHARES, Tariff, World, customer_of,
};

/// The price book, the resources, their samples and the accounts, each with its name.
pub(crate) fn files(world: &World, month: &Month) -> [(&'static str, String); 4] {
    let rounding = if world.half_even {
        "half-even"
    } else {
        "half-up"
    };
    let mut book = format!("rounding = \"{rounding}\"\n{}", rates(world, month));
    let mut accounts = "account,customer,currency,commitment\n".to_owned();
    let mut facts =
        "resource,kind,from,to,account,customer,share,currency,agreement,plan,service,n,colour\n"
            .to_owned();
    let mut samples = "resource,gauge,from,to,value\n".to_owned();
    for case in &world.cases {
        for item in 0..case.items.len() {
            book.push_str(&item_text(case, item, month));
        }
        for resource in 0..case.resources.len() {
            facts.push_str(&resource_text(case, resource, month));
            samples.push_str(&sample_text(case, resource, month));
        }
        for (account, commitment) in &case.commitments {
            let (name, customer) = (case.account(*account), case.customer(customer_of(*account)));
            let _ = writeln!(accounts, "{name},{customer},{},{commitment}", case.currency);
        }
    }
    [
        ("book.toml", book),
        ("facts.csv", facts),
        ("samples.csv", samples),
        ("accounts.csv", accounts),
    ]
}

fn rates(world: &World, month: &Month) -> String {
    let rates = world.rates.iter().map(|rate| {
        let date = month.days[month.days.len() - 1 - rate.days].date;
        format!(
            "{{ from = \"EUR\", to = \"{}\", rate = \"{}\", date = {date}, source = \"oracle\" }}",
            rate.currency,
            rate.amount.text()
        )
    });
    let rates = rates.collect::<Vec<_>>().join(",\n    ");
    format!("exchange_rate = [\n    {rates}\n]\n")
}

fn thousandths(digits: i64) -> String {
    Dec { digits, places: 3 }.text()
}

fn resource_text(case: &Case, resource: usize, month: &Month) -> String {
    let mut text = String::new();
    for stretch in &case.resources[resource].stretches {
        for (account, share) in &stretch.owners {
            let row = [
                case.resource(resource),
                case.kind(),
                month.instant(stretch.from),
                month.instant(stretch.to),
                case.account(*account),
                case.customer(customer_of(*account)),
                format!("{share}/{SHARES}"),
                case.currency.to_owned(),
                stretch
                    .agreement
                    .map_or("", |agreement| AGREEMENTS[agreement])
                    .to_owned(),
                stretch.plan.map_or("", |plan| PLANS[plan]).to_owned(),
                stretch
                    .service
                    .map_or("", |service| SERVICES[service])
                    .to_owned(),
                thousandths(stretch.quantity),
                COLOURS[stretch.colour].to_owned(),
            ];
            text.push_str(&row.join(","));
            text.push('\n');
        }
    }
    text
}

fn sample_text(case: &Case, resource: usize, month: &Month) -> String {
    let mut text = String::new();
    if case.resources[resource].stretches.is_empty() {
        return text;
    }
    for (gauge, samples) in GAUGES.iter().zip(&case.resources[resource].gauges) {
        for sample in samples {
            let row = [
                case.resource(resource),
                (*gauge).to_owned(),
                month.instant(sample.from),
                month.instant(sample.to),
                thousandths(sample.value),
            ];
            text.push_str(&row.join(","));
            text.push('\n');
        }
    }
    text
}

fn item_text(case: &Case, position: usize, month: &Month) -> String {
    let item = &case.items[position];
    let mut keys = vec![
        format!(
            "\n[[item]]\nname = \"{0}\"\ndescription = \"{0}\"",
            case.item(position)
        ),
        format!("unit = \"{}\"", if item.binary { "E34" } else { "C62" }),
        format!(
            "model = \"{}\"\nproration = \"{}\"",
            item.model, item.proration
        ),
        format!("dimensions = [{}]", dimensions(item)),
    ];
    if item.of.is_empty() {
        keys.push(format!(
            "kind = \"{}\"\nmeter = {{ {} }}",
            case.kind(),
            meter(item)
        ));
    }
    if item.each_moment {
        keys.push("tiers_see = \"each-moment\"".to_owned());
    }
    if item.at_start {
        keys.push("price_at = \"period-start\"".to_owned());
    }
    if case.is_converted {
        keys.push("convert_from = \"EUR\"".to_owned());
    }
    if item.split_equally {
        keys.push("split_by = \"equal\"".to_owned());
    }
    if let Some(colour) = item.colour {
        keys.push(format!("when = {{ colour = \"{}\" }}", COLOURS[colour]));
    }
    if let Some((only, customer)) = item.customer {
        let key = if only {
            "customers"
        } else {
            "except_customers"
        };
        keys.push(format!("{key} = [\"{}\"]", case.customer(customer)));
    }
    for (key, others) in [("of", &item.of), ("contains", &item.contains)] {
        if !others.is_empty() {
            let names: Vec<String> = others
                .iter()
                .map(|other| format!("{:?}", case.item(*other)))
                .collect();
            keys.push(format!("{key} = [{}]", names.join(", ")));
        }
    }
    let mut text = keys.join("\n");
    for price in &item.prices {
        let _ = write!(
            text,
            "\n[[item.price]]\n{}",
            price_text(case, item, price, month)
        );
    }
    text.push('\n');
    text
}

fn dimensions(item: &Item) -> String {
    let service = item.by_service.then_some("\"service\"");
    let resource = item.by_resource.then_some("\"resource\"");
    service
        .into_iter()
        .chain(resource)
        .collect::<Vec<_>>()
        .join(", ")
}

fn meter(item: &Item) -> String {
    let mut keys = vec![match item.meter {
        Meter::Quantity => "attribute = \"n\"".to_owned(),
        Meter::Colours => "attribute = \"colour\"".to_owned(),
        Meter::Count(count) => format!("count = {count}"),
        Meter::Gauge => format!("gauge = \"{}\"", GAUGES[0]),
        Meter::Gauges { each_sample } => {
            let merge = if each_sample { "sample" } else { "each" };
            format!(
                "gauges = [\"{}\", \"{}\"], merge = \"{merge}\"",
                GAUGES[0], GAUGES[1]
            )
        }
    }];
    let aggregate = match item.aggregate {
        Aggregate::Average => "average",
        Aggregate::Maximum => "maximum",
        Aggregate::Last => "last",
        Aggregate::Sum => "sum",
        Aggregate::Unique => "unique",
        Aggregate::Percentile { .. } => "percentile",
    };
    keys.push(format!("aggregate = \"{aggregate}\""));
    if let Aggregate::Percentile {
        percent,
        gaps_are_zero,
    } = item.aggregate
    {
        let gaps = if gaps_are_zero { "zero" } else { "left-out" };
        keys.push(format!("percentile = {percent}, gaps = \"{gaps}\""));
    }
    keys.extend(item.together.then(|| "together = true".to_owned()));
    keys.extend(
        item.sample
            .map(|minutes| format!("sample = \"{minutes}m\"")),
    );
    keys.extend(item.binary.then(|| "unit = \"E62\"".to_owned()));
    keys.extend(
        item.divide
            .map(|divisor| format!("divide = \"{}\"", divisor.text())),
    );
    keys.extend(item.round_up.then(|| "round = \"up\"".to_owned()));
    keys.join(", ")
}

fn price_text(case: &Case, item: &Item, price: &Price, month: &Month) -> String {
    let currency = if case.is_converted {
        "EUR"
    } else {
        case.currency
    };
    let mut keys = vec![format!("currency = \"{currency}\"")];
    let (account, customer, plan) = match price.level {
        Level::List => (None, None, None),
        Level::Plan(plan) => (None, None, Some(plan)),
        Level::Customer(customer) => (None, Some(customer), None),
        Level::CustomerPlan(customer, plan) => (None, Some(customer), Some(plan)),
        Level::Account(account) => (Some(account), None, None),
        Level::AccountPlan(account, plan) => (Some(account), None, Some(plan)),
        Level::Agreement(agreement) => {
            keys.push(format!("agreement = \"{}\"", AGREEMENTS[agreement]));
            (None, None, None)
        }
    };
    keys.extend(account.map(|account| format!("account = \"{}\"", case.account(account))));
    keys.extend(customer.map(|customer| format!("customer = \"{}\"", case.customer(customer))));
    keys.extend(plan.map(|plan| format!("plan = \"{}\"", PLANS[plan])));
    for (key, day) in [("from", price.from), ("to", price.to)] {
        keys.extend(day.map(|day| format!("{key} = {}", month.days[day].date)));
    }
    keys.extend(tariff(item.model, &price.tariff));
    keys.join("\n")
}

fn tariff(model: &str, tariff: &Tariff) -> Vec<String> {
    let mut keys = Vec::new();
    let mut number = |key: &str, value: Option<Dec>| {
        keys.extend(value.map(|value| format!("{key} = \"{}\"", value.text())));
    };
    match model {
        "graduated" | "volume" => {}
        "percentage" => number("percent", Some(tariff.amount)),
        "package" => {
            number("amount", Some(tariff.amount));
            number("package", Some(tariff.package));
        }
        _ => number("amount", Some(tariff.amount)),
    }
    number(
        "allowance",
        tariff.allowance.map(|(allowance, _)| allowance),
    );
    number("discount_percent", tariff.discount_percent);
    number("discount_amount", tariff.discount_amount);
    number("maximum", tariff.maximum);
    number("minimum", tariff.minimum);
    match tariff.allowance {
        Some((_, AllowancePer::Resource)) => {
            keys.push("allowance_per = \"resource\"".to_owned());
        }
        Some((_, AllowancePer::Customer)) => {
            keys.push("allowance_per = \"customer\"".to_owned());
        }
        Some((_, AllowancePer::Charge)) | None => {}
    }
    if matches!(model, "graduated" | "volume") {
        let tiers = tariff.tiers.iter().map(|tier| {
            let up_to = tier
                .up_to
                .map(|bound| format!("up_to = \"{}\", ", bound.text()));
            let flat = tier
                .flat
                .map(|flat| format!(", flat = \"{}\"", flat.text()));
            let amount = tier.amount.text();
            format!(
                "{{ {}amount = \"{amount}\"{} }}",
                up_to.unwrap_or_default(),
                flat.unwrap_or_default()
            )
        });
        keys.push(format!(
            "tiers = [{}]",
            tiers.collect::<Vec<_>>().join(", ")
        ));
    }
    keys
}
