-- Employers and offices, with the sites they host and the lectures they had.
-- zh: 机关企事业单位，带其设立的站点和开展过的讲座。
-- rows: station_unit
SELECT u._county, u.unit_id, u.village, u.town, u.county, u.city, u.unit_kind, u.high_visits, u.dispatch, u.large,
       CASE WHEN u.partner_day <= $e_day THEN TRUE ELSE FALSE END AS partner,
       CASE WHEN u.large AND u.unit_kind IN ('government', 'institution', 'enterprise') THEN TRUE ELSE FALSE END
           AS large_employer,
       CASE WHEN u.unit_kind = 'government' OR (u.large AND u.unit_kind IN ('institution', 'enterprise'))
            THEN TRUE ELSE FALSE END AS lecture_due,
       CASE WHEN s.sites >= 1 THEN TRUE ELSE FALSE END AS hosts_site,
       CASE WHEN s.petition_rooms >= 1 THEN TRUE ELSE FALSE END AS hosts_petition_room,
       CASE WHEN a.lectures >= $employer_lectures THEN TRUE ELSE FALSE END AS lectured
FROM unit AS u
LEFT JOIN (SELECT _county, host_unit_id, COUNT(*) AS sites,
                  SUM(CASE WHEN site_kind = 'petition_room' THEN 1 ELSE 0 END) AS petition_rooms
           FROM standing
           WHERE host_unit_id IS NOT NULL
           GROUP BY _county, host_unit_id) AS s ON s._county = u._county AND s.host_unit_id = u.unit_id
LEFT JOIN (SELECT _county, unit_id, COUNT(*) AS lectures
           FROM activity
           WHERE activity_kind = 'lecture' AND unit_id IS NOT NULL
             AND activity_day >= $ytd_day AND activity_day <= $e_day
           GROUP BY _county, unit_id) AS a ON a._county = u._county AND a.unit_id = u.unit_id
