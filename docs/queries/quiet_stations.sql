-- Which stations that stand had no contact for three months before as_of, the longest first.
SELECT county, site_id, division_name, last_contact, as_of - last_contact AS days
FROM 'sample-data/store/current/internal/stations/stations.parquet'
WHERE stands AND site_kind = 'town_station'
  AND (last_contact IS NULL OR last_contact <= as_of - INTERVAL 3 MONTH)
ORDER BY last_contact NULLS FIRST, county, site_id
LIMIT 5;
