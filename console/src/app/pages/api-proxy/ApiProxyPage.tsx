import { Page } from '@/ui'

export const ApiProxyPage = () => <Page title="ApiProxyPage">{null}</Page>
