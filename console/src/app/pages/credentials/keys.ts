import { consoleApi, type Environment, unwrap } from '@/api/client'
import { useScope } from '@/app/scope'

export const environmentNames = { test: 'Test', live: 'Live' } as const

/** This app in one of its environments, which need not be the one of the address. */
export function usePlace(environment: Environment) {
  const { appId } = useScope()
  return { app_id: appId, environment }
}

type Place = ReturnType<typeof usePlace>

export const keysQuery = (place: Place) => ({
  queryKey: [place.app_id, place.environment, 'api-key'],
  queryFn: () =>
    unwrap(
      consoleApi.GET('/console/api/{app_id}/{environment}/api-key', { params: { path: place } }),
    ),
})

/** The newest key in the clear; in live the password is asked for. */
export async function revealKey(place: Place, password?: string): Promise<string> {
  const { api_key } = await unwrap(
    consoleApi.POST('/console/api/{app_id}/{environment}/api-key/reveal', {
      params: { path: place },
      body: password === undefined ? {} : { password },
    }),
  )
  return api_key
}

export async function rotateKey(place: Place, graceSeconds: number): Promise<string> {
  const { api_key } = await unwrap(
    consoleApi.POST('/console/api/{app_id}/{environment}/api-key/rotate', {
      params: { path: place },
      body: { grace_s: graceSeconds },
    }),
  )
  return api_key
}
