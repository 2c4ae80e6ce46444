-- Who published a price: the catalogue or the configuration file ('setting'), which is compared with its own last word only, or the
-- operator by hand ('operator'), perhaps for a moment to come. In force is the row with the latest valid_from that has come.
alter table price add column origin text not null default 'setting' check (origin in ('setting', 'operator'));

create index price_in_force on price (model, valid_from, id);
