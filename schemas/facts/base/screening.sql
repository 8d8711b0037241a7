-- Screenings in their order: by date, then record_id. They are numbered within each day, under the number of the day.
-- zh: 测评记录，按日期、记录编号排序；同一天内依次编号，前面是当天的日期号。
-- day: screening_day
-- by: person
SELECT person_key, _county, record_id, village, town, county, city, screening_day, result,
       screening_day * 4294967296
           + ROW_NUMBER() OVER (PARTITION BY screening_day ORDER BY record_id, _county) AS seq
FROM pupil_screening
