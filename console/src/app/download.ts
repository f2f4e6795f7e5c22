import { send } from '@/api/client'

/** Hands a file to the browser's downloads. */
export function saveBlob(name: string, blob: Blob) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

export const saveText = (name: string, text: string, type = 'text/plain;charset=utf-8') =>
  saveBlob(name, new Blob([text], { type }))

/** Downloads what the server answers, under the server's name for it. Throws its refusal. */
export async function saveAnswer(path: string, name: string) {
  const response = await send(path)
  const named = /filename="?([^";]+)"?/.exec(response.headers.get('content-disposition') ?? '')
  saveBlob(named?.[1] ?? name, await response.blob())
}
