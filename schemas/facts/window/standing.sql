-- Sites that stand at the end of the window.
-- zh: 期末时运行中的站点。
-- rows: station_site
SELECT _county, dataset, site_id, host_unit_id, division_code, village, town, county, city, site_kind, staff,
       counsellors, social_workers, volunteer_teams, hotline_24h, wechat_account, five_ones, post_standard, centre_items
FROM site
WHERE built_day <= $e_day AND (closed_day IS NULL OR closed_day > $e_day)
