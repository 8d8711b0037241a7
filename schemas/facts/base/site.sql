-- Service sites, with what their standards ask for.
-- zh: 服务站点，带建设标准所要求的各项。
-- by: county
SELECT s._county, s._dataset AS dataset, s._rank AS dataset_rank, s.site_id, s.host_unit_id, s.division_code,
       d.village, d.town, d.county, d.city, s.site_kind, s.built_day, s.closed_day,
       COALESCE(s.full_time_staff, 0) + COALESCE(s.part_time_staff, 0) AS staff,
       COALESCE(s.full_time_counsellors, 0) + COALESCE(s.part_time_counsellors, 0) AS counsellors,
       COALESCE(s.social_workers, 0) AS social_workers,
       COALESCE(s.volunteer_teams, 0) AS volunteer_teams,
       COALESCE(s.hotline_24h, FALSE) AS hotline_24h,
       COALESCE(s.wechat_account, FALSE) AS wechat_account,
       CASE WHEN s.has_office AND s.has_plaque AND s.has_rules AND s.has_mechanism
                 AND COALESCE(s.full_time_staff, 0) + COALESCE(s.part_time_staff, 0) >= 1
            THEN TRUE ELSE FALSE END AS five_ones,
       CASE WHEN s.area_m2 >= $post_area_m2
                 AND COALESCE(s.full_time_staff, 0) + COALESCE(s.part_time_staff, 0) >= 1
                 AND $post_functions AND s.has_rules AND s.public_notice
            THEN TRUE ELSE FALSE END AS post_standard,
       CASE WHEN s.area_m2 >= $centre_area_m2 THEN 1 ELSE 0 END
       + CASE WHEN $centre_rooms THEN 1 ELSE 0 END
       + CASE WHEN s.individual_room_m2 >= $centre_individual_room_min_m2
                   AND s.individual_room_m2 <= $centre_individual_room_max_m2 THEN 1 ELSE 0 END
       + CASE WHEN s.vent_device_kinds >= $centre_vent_device_kinds THEN 1 ELSE 0 END
       + CASE WHEN s.full_time_staff >= $centre_full_time_staff THEN 1 ELSE 0 END
       + CASE WHEN s.full_time_counsellors >= $centre_full_time_counsellors THEN 1 ELSE 0 END
       + CASE WHEN s.part_time_counsellors >= $centre_part_time_counsellors THEN 1 ELSE 0 END
       + CASE WHEN $centre_functions THEN 1 ELSE 0 END
       + CASE WHEN s.has_rules THEN 1 ELSE 0 END
       + CASE WHEN s.public_notice THEN 1 ELSE 0 END AS centre_items
FROM $all_station_site AS s
JOIN place AS d ON d.code = s.division_code
WHERE s.status IN ('built', 'closed')
