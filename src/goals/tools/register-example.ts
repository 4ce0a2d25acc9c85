/** A registration as the documentation shows it. */
export const registerExample = {
  name: 'city_weather',
  description: 'Tells the weather of a city.',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string' }, units: { enum: ['metric', 'imperial'] } },
    required: ['city'],
    additionalProperties: false,
  },
  permission_level: 'READ_ONLY',
  risk: 'LOW',
  effect: 'idempotent',
  timeout_seconds: 10,
  http: {
    method: 'GET',
    url: 'https://api.example.com/v1/cities/{city}?units={units}',
    headers: { accept: 'application/json' },
  },
};
